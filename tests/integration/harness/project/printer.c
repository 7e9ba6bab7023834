/* Prints the version that the image was made for. */
#include <stdio.h>

int main(void)
{
    FILE *file = fopen("/version", "r");
    if (file == NULL)
        return 1;
    fputs("demo-server ", stdout);
    for (int c; (c = getc(file)) != EOF;)
        putchar(c);
    return 0;
}
