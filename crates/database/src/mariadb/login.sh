value() { # NAME: the variable, else the file that NAME_FILE names
    eval "value=\${$1-}; file=\${$1_FILE-}"
    if [ -z "$value" ] && [ -n "$file" ]; then value=$(cat "$file") || exit 1; fi
}
password='' user=root
for name in MARIADB_ROOT_PASSWORD MYSQL_ROOT_PASSWORD; do
    value "$name"
    password=${password:-$value}
done
for vendor in MARIADB MYSQL; do
    if [ -z "$password" ]; then
        value "${vendor}_PASSWORD"
        password=$value
        value "${vendor}_USER"
        [ -z "$password" ] || user=${value:-root}
    fi
done
value MARIADB_DATABASE
database=$value
value MYSQL_DATABASE
database=${database:-$value}
subject=$1 mark=$2 tool=$3
shift 3
case $tool in
    mariadb) command -v mariadb >/dev/null || tool=mysql ;;
    mariadb-dump) command -v mariadb-dump >/dev/null || tool=mysqldump ;;
esac
case $tool in
    echo) set -- "$subject" "$mark" echo "$database" ;;
    mysqldump)
        # That of MySQL would write statements that only a replica may run.
        case $(mysqldump --version) in *MariaDB*) ;; *) set -- --set-gtid-purged=OFF "$@" ;; esac
        set -- "$subject" "$mark" "$tool" --host=localhost "--user=$user" --max-allowed-packet=1G "$@"
        ;;
    *) set -- "$subject" "$mark" "$tool" --host=localhost "--user=$user" --max-allowed-packet=1G "$@" ;;
esac
unset MYSQL_HOST MARIADB_HOST MYSQL_TCP_PORT MYSQL_UNIX_PORT
MYSQL_PWD=$password LC_ALL=C
export MYSQL_PWD LC_ALL
