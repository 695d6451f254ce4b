//! The two phases of the story, one at a time: the forger learns until the detective guesses, then the detective until it
//! sees through. The other network stays as it is meanwhile.

use super::{Only, Row, Trainer};
use crate::error::{Error, Result};
use crate::nn::AdversarialLoss;
use std::collections::VecDeque;

/// How a phase ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhaseEnd {
    /// D's mean output on fakes came to where it should.
    Reached,
    /// It did not within the limit.
    Limit,
}

/// A phase under way.
#[derive(Clone, Debug)]
pub struct Phase {
    /// Who learns: never both.
    pub learner: Only,
    /// D's mean output on fakes at which the phase ends: at least this for the generator, at most for the discriminator.
    /// Of a Wasserstein critic, whose score has no scale, it is the difference of its mean scores instead: the phase of the
    /// generator ends where that is gone, that of the critic where it is twice what it was.
    pub until: f64,
    /// Updates after which it ends in any case.
    pub limit: u32,
    /// Updates done.
    pub done: u32,
    pub ended: Option<PhaseEnd>,
    critic: bool,
    recent: VecDeque<f64>,
    /// The critic's last mean score on real examples: it stays what it is while the critic does not learn.
    real_score: f64,
    /// The difference of the scores that a critic begins with.
    first: Option<f64>,
}

/// Updates that the mean is taken over, because single batches jump.
const WINDOW: usize = 8;
/// Until D guesses: its mean output on fakes is one half.
pub const GUESSING: f64 = 0.5;
/// Until D sees through: it takes one fake in ten for real.
pub const SEEING_THROUGH: f64 = 0.1;
/// Updates of a phase, where nobody says otherwise.
pub const PHASE_LIMIT: u32 = 2_000;

impl Phase {
    fn new(loss: AdversarialLoss, learner: Only, until: Option<f64>, limit: Option<u32>) -> Result<Phase> {
        let critic = loss.is_score();
        let story = match learner {
            Only::Generator => GUESSING,
            Only::Discriminator => SEEING_THROUGH,
            Only::Both => {
                let message = "takes generator or discriminator: in a phase one learns and the other stays".to_string();
                return Err(Error::Setting { key: "learner".into(), message });
            }
        };
        // A critic's phases end where the scores say, whatever is asked for.
        let until = until.filter(|_| !critic).unwrap_or(story);
        if !(until > 0.0 && until < 1.0) {
            let message = format!("takes a mean output of the discriminator between 0 and 1; it is {until}");
            return Err(Error::Setting { key: "until".into(), message });
        }
        let limit = limit.unwrap_or(PHASE_LIMIT);
        if !(1..=1_000_000).contains(&limit) {
            let message = format!("takes 1 to 1000000 updates; it is {limit}");
            return Err(Error::Setting { key: "limit".into(), message });
        }
        let (recent, real_score, first) = (VecDeque::new(), f64::NAN, None);
        Ok(Phase { learner, until, limit, done: 0, ended: None, critic, recent, real_score, first })
    }

    /// What the value is.
    pub fn measures(&self) -> &'static str {
        if self.critic { "the difference of the scores" } else { "D(G(z))" }
    }

    /// Updates until the limit.
    pub fn left(&self) -> u32 {
        self.limit - self.done
    }

    /// The mean of what the phase looks at; NaN before anything was measured.
    pub fn value(&self) -> f64 {
        self.recent.iter().sum::<f64>() / self.recent.len() as f64
    }

    /// Takes the rows of the phase's own updates over, and says so when it ends.
    pub fn observe(&mut self, rows: &[Row]) -> Option<PhaseEnd> {
        for row in rows {
            let [d_real, d_fake] = [row[3], row[4]];
            if self.ended.is_some() {
                break;
            }
            self.done += 1;
            if d_real.is_finite() {
                self.real_score = d_real;
            }
            let value = if self.critic { self.real_score - d_fake } else { d_fake };
            if value.is_finite() {
                self.first.get_or_insert(value);
                self.recent.push_back(value);
                if self.recent.len() > WINDOW {
                    self.recent.pop_front();
                }
            }
            let (mean, full) = (self.value(), self.recent.len() == WINDOW.min(self.limit as usize));
            let there = match (self.learner, self.critic) {
                (Only::Generator, false) => mean >= self.until,
                (_, false) => mean <= self.until,
                (Only::Generator, true) => mean <= 0.0,
                (_, true) => self.first.is_some_and(|first| mean >= 2.0 * first.abs()),
            };
            if there && full {
                self.ended = Some(PhaseEnd::Reached);
            } else if self.done >= self.limit {
                self.ended = Some(PhaseEnd::Limit);
            }
        }
        self.ended
    }
}

impl Trainer {
    /// A phase of this run that has not begun. `until` and `limit` are the story's where they are None.
    ///
    /// # Errors
    /// [`Error::Setting`] for a mean output outside (0, 1), a limit outside 1 to 1,000,000, and for both networks at once.
    pub async fn begin_phase(&mut self, learner: Only, until: Option<f64>, limit: Option<u32>) -> Result<Phase> {
        self.require_pair("phases")?;
        let mut phase = Phase::new(self.settings.recipe.loss, learner, until, limit)?;
        if phase.critic {
            let logits = self.shown("real", None, 0).await?.logits;
            phase.real_score = logits.iter().map(|&logit| f64::from(logit)).sum::<f64>() / logits.len() as f64;
        }
        Ok(phase)
    }

    /// Runs a phase to its end, and answers with all rows measured meanwhile.
    pub async fn run_phase(&mut self, phase: &mut Phase) -> Result<Vec<Row>> {
        /// Updates between two looks.
        const BITE: u32 = 16;
        self.take_measurements().await?;
        let mut rows = Vec::new();
        while phase.ended.is_none() {
            self.run(phase.left().min(BITE) as usize, phase.learner).await?;
            let measured = self.take_measurements().await?.rows;
            phase.observe(&measured);
            rows.extend(measured);
        }
        Ok(rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(fakes: &[f64]) -> Vec<Row> {
        fakes.iter().map(|&fake| vec![1.0, 0.0, 0.0, f64::NAN, fake, f64::NAN]).collect()
    }

    fn phase(loss: AdversarialLoss, learner: Only) -> Phase {
        Phase::new(loss, learner, None, Some(100)).unwrap()
    }

    #[test]
    fn the_forger_is_done_when_the_detective_guesses() {
        let mut phase = phase(AdversarialLoss::NonSaturating, Only::Generator);
        assert_eq!(phase.observe(&rows(&[0.9, 0.1, 0.1])), None, "a single batch is no mean");
        assert_eq!(phase.observe(&rows(&[0.3; 20])), None);
        assert_eq!(phase.observe(&rows(&[0.5; 8])), Some(PhaseEnd::Reached));
        assert_eq!(phase.done, 31);
    }

    #[test]
    fn the_detective_is_done_when_it_sees_through_and_both_stop_at_the_limit() {
        let mut phase = phase(AdversarialLoss::Hinge, Only::Discriminator);
        assert_eq!(phase.observe(&rows(&[0.05; 8])), Some(PhaseEnd::Reached));
        let mut phase = super::Phase::new(AdversarialLoss::Minimax, Only::Generator, Some(0.5), Some(10)).unwrap();
        assert_eq!(phase.observe(&rows(&[0.1; 30])), Some(PhaseEnd::Limit));
        assert_eq!((phase.done, phase.left()), (10, 0));
    }

    #[test]
    fn a_critic_is_judged_by_the_difference_of_its_scores() {
        let mut generator = phase(AdversarialLoss::Wasserstein, Only::Generator);
        generator.real_score = 2.0;
        assert_eq!(generator.observe(&rows(&[1.0; 10])), None);
        assert_eq!(generator.observe(&rows(&[2.5; 8])), Some(PhaseEnd::Reached));
        let mut critic = phase(AdversarialLoss::Wasserstein, Only::Discriminator);
        let row = |gap: f64| vec![1.0, 0.0, f64::NAN, gap, 0.0, f64::NAN];
        assert_eq!(critic.observe(&vec![row(1.0); 8]), None);
        assert_eq!(critic.observe(&vec![row(2.5); 8]), Some(PhaseEnd::Reached));
    }

    #[test]
    fn nonsense_is_refused_with_what_would_work() {
        let new = |learner, until, limit| Phase::new(AdversarialLoss::Minimax, learner, until, limit);
        assert!(new(Only::Both, None, None).unwrap_err().to_string().contains("one learns"));
        assert!(new(Only::Generator, Some(1.5), None).unwrap_err().to_string().contains("between 0 and 1"));
        assert!(new(Only::Generator, Some(f64::NAN), None).is_err());
        assert!(new(Only::Generator, None, Some(0)).unwrap_err().to_string().contains("1 to 1000000"));
    }
}
