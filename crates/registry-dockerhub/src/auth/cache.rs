use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

use super::{scope::Scope, token::Token};

/// Tokens by the scopes they were asked for with.
#[derive(Debug, Default)]
pub(super) struct TokenCache {
    cells: Mutex<BTreeMap<Vec<Scope>, Cell>>,
}

type Cell = Arc<AsyncMutex<Option<Token>>>;

impl TokenCache {
    /// The place of the token for these scopes, held by one caller at a time:
    /// who finds it empty fetches, the others wait and find it filled.
    pub(super) async fn cell(&self, scopes: &[Scope]) -> OwnedMutexGuard<Option<Token>> {
        let cell = Arc::clone(self.lock().entry(scopes.to_vec()).or_default());
        cell.lock_owned().await
    }

    /// A good token that was asked for with at least these scopes.
    pub(super) fn covering(&self, scopes: &[Scope], now: Instant) -> Option<Token> {
        let cells = self.lock();
        let wider = cells.iter().filter(|(asked, _)| scopes.iter().all(|one| covers(asked, one)));
        let mut tokens = wider.filter_map(|(_, cell)| cell.try_lock().ok()?.clone());
        tokens.find(|token| is_good(token, now) && allows(token, scopes))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<Vec<Scope>, Cell>> {
        self.cells.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn covers(asked: &[Scope], scope: &Scope) -> bool {
    asked.iter().any(|one| one.path == scope.path && one.rights.is_superset(&scope.rights))
}

fn allows(token: &Token, scopes: &[Scope]) -> bool {
    scopes.iter().all(|scope| token.grant.lacks(scope).is_none())
}

pub(super) fn is_good(token: &Token, now: Instant) -> bool {
    token.use_until > now
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::scope::Right;

    fn token() -> Option<Token> {
        Token::parse(br#"{"token":"t","expires_in":60}"#, Instant::now())
    }

    #[tokio::test]
    async fn a_wider_token_serves_a_narrower_need_until_it_expires() {
        let cache = TokenCache::default();
        let wide = [Scope::new("a", [Right::Pull, Right::Push])];
        *cache.cell(&wide).await = token();
        let narrow = [Scope::new("a", [Right::Pull])];
        let now = Instant::now();
        assert!(cache.covering(&narrow, now).is_some());
        assert!(cache.covering(&[Scope::new("b", [Right::Pull])], now).is_none());
        assert!(cache.covering(&narrow, now + std::time::Duration::from_secs(55)).is_none());
    }

    #[tokio::test]
    async fn the_second_caller_waits_for_the_first() {
        let cache = TokenCache::default();
        let scopes = [Scope::new("a", [Right::Pull])];
        let mut first = cache.cell(&scopes).await;
        let second = cache.cell(&scopes);
        tokio::pin!(second);
        assert!(futures_util::poll!(&mut second).is_pending());
        *first = token();
        drop(first);
        assert!(second.await.is_some());
    }
}
