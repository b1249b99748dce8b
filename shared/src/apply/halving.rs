//! Calls for batches of accounts, whose errors do not tell which account they are about: the accounts of a call that failed
//! are tried again in halves, until those that it is about stand alone.

use crate::deadline::Deadline;
use crate::error::CallError;

/// What one call made of its accounts.
pub(super) enum Attempt<T, S> {
    /// The call was answered, and all of its accounts are settled.
    Answered(S),
    /// The call failed, and all of its accounts are settled: one alone, or the error is not about single accounts.
    Failed(S),
    /// The call failed, maybe because of one account. Some may be settled all the same.
    Divisible {
        /// How they ended.
        settled: S,
        /// The accounts that are left.
        left: Vec<T>,
        /// The call's error.
        error: CallError,
    },
}

/// Accounts for one call.
struct Part<T> {
    accounts: Vec<T>,
    /// The error of the call that had these accounts among others.
    error: Option<CallError>,
    /// Whether it is the first of two halves.
    is_first: bool,
    /// Whether the error must be about an account in this part: the other half had none.
    has_cause: bool,
}

/// Settles a batch of accounts by one call, or by as many as it takes to find those that make calls fail: for each of them at
/// most twice as many as the batch can be halved. `attempt` is passed whether the accounts were in a call that failed. `late`
/// settles accounts whose turn does not come in time.
pub(super) async fn settle<T: Clone, S>(
    batch: &[T],
    deadline: Deadline,
    attempt: impl AsyncFn(&[T], bool) -> Attempt<T, S>,
    late: impl Fn(&[T]) -> S,
) -> Vec<S> {
    let mut settled = Vec::new();
    let mut open = vec![Part { accounts: batch.to_vec(), error: None, is_first: false, has_cause: false }];
    while let Some(part) = open.pop() {
        if part.has_cause
            && part.accounts.len() > 1
            && let Some(error) = part.error
        {
            open.extend(halves(&part.accounts, &error));
            continue;
        }
        match deadline.call(attempt(&part.accounts, part.error.is_some())).await {
            None => settled.push(late(&part.accounts)),
            Some(Attempt::Failed(accounts)) => settled.push(accounts),
            Some(Attempt::Answered(accounts)) => {
                settled.push(accounts);
                if let Some(second) = open.last_mut().filter(|_| part.is_first) {
                    second.has_cause = true;
                }
            }
            Some(Attempt::Divisible { settled: accounts, left, error }) => {
                settled.push(accounts);
                open.extend(halves(&left, &error));
            }
        }
    }
    settled
}

/// Two halves of accounts, the first one last: it is the next to be tried. Of one account there is one, of none none.
fn halves<T: Clone>(accounts: &[T], error: &CallError) -> Vec<Part<T>> {
    let (first, second) = accounts.split_at(accounts.len() / 2);
    let part = |accounts: &[T], is_first| Part {
        accounts: accounts.to_vec(),
        error: Some(error.clone()),
        is_first,
        has_cause: false,
    };
    let parts = [part(second, false), part(first, true)];
    parts.into_iter().filter(|part| !part.accounts.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    /// Settles the accounts from 0 on, of which some make a call fail. Returns how many calls it took, and who failed alone.
    fn settle_with(count: usize, odd: &BTreeSet<usize>) -> (usize, BTreeSet<usize>) {
        let calls = RefCell::new(0);
        let attempt = async |part: &[usize], _| {
            *calls.borrow_mut() += 1;
            let error = CallError::answered("CreateMembers", "ValidationException", "no");
            match (part.iter().any(|account| odd.contains(account)), part) {
                (false, part) => Attempt::Answered(part.iter().map(|account| (*account, true)).collect()),
                (true, [account]) => Attempt::Failed(vec![(*account, false)]),
                (true, part) => Attempt::Divisible { settled: Vec::new(), left: part.to_vec(), error },
            }
        };
        let batch: Vec<usize> = (0..count).collect();
        let settled = settle(&batch, Deadline::never(), attempt, |_| panic!("there is time"));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let mut settled: Vec<(usize, bool)> = runtime.block_on(settled).into_iter().flatten().collect();
        settled.sort_unstable();
        assert_eq!(settled.iter().map(|(account, _)| *account).collect::<Vec<_>>(), batch, "each is settled once");
        (
            calls.into_inner(),
            settled.into_iter().filter(|(_, is_taken)| !is_taken).map(|(account, _)| account).collect(),
        )
    }

    #[test]
    fn one_odd_account_of_fifty_costs_eleven_calls_more_at_most_wherever_it_is() {
        let calls = |odd| settle_with(50, &BTreeSet::from([odd])).0;
        assert_eq!((0..50).map(calls).max(), Some(1 + 11));
    }

    proptest! {
        #[test]
        fn the_odd_accounts_stand_alone_in_the_end_and_each_costs_twice_the_logarithm_of_the_batch_at_most(
            count in 1_usize..=50,
            odd in proptest::collection::btree_set(0_usize..50, 0..=4),
        ) {
            let odd: BTreeSet<usize> = odd.into_iter().filter(|account| *account < count).collect();
            let (calls, alone) = settle_with(count, &odd);
            prop_assert_eq!(&alone, &odd);
            let bound = 1.0 + odd.len() as f64 * 2.0 * (count as f64).log2().max(0.0);
            prop_assert!(calls as f64 <= bound.ceil(), "{} calls", calls);
        }
    }
}
