//! An element that is open, and where it is in the sequence of its schema.

use crate::schema::{Element, Particle};

/// An element that is open.
#[derive(Debug)]
pub(crate) struct Frame<F: 'static> {
    /// `None` below an element that the schema does not have: whatever stands in there is passed over.
    pub(crate) element: Option<&'static Element<F>>,
    /// Which particle of the sequence is being filled, and how often it was.
    particle: usize,
    count: u32,
    /// Which one it is among those that may repeat; 0 where none may.
    pub(crate) index: u32,
}

/// What the sequence of an element says of a child that is not the next one.
pub(crate) enum Stray<F: 'static> {
    /// It comes later in the sequence: those required in between are missing.
    Behind {
        from: usize,
        to: usize,
        particle: Particle<F>,
    },
    /// It is one more than the schema has, by a cardinality that is only inferred.
    TooMany { element: &'static Element<F>, index: u32 },
    /// It has no place any more, or none at all.
    Refused,
}

impl<F: Copy> Frame<F> {
    pub(crate) const fn new(element: &'static Element<F>, index: u32) -> Self {
        Self {
            element: Some(element),
            particle: 0,
            count: 0,
            index,
        }
    }

    /// The element that is this one, if the sequence can go on with it, and which it is among those that may repeat.
    pub(crate) fn follow(
        &mut self,
        particles: &'static [Particle<F>],
        mut is_this: impl FnMut(&'static Element<F>) -> bool,
    ) -> Option<(&'static Element<F>, u32)> {
        let (mut index, mut count) = (self.particle, self.count);
        while let Some(particle) = particles.get(index) {
            if count < particle.max && is_this(particle.element) {
                self.particle = index;
                self.count = count.saturating_add(1);
                let index = if particle.max > 1 { self.count } else { 0 };
                return Some((particle.element, index));
            }
            if count < particle.min {
                break;
            }
            (index, count) = (index + 1, 0);
        }
        None
    }

    /// An element that the schema does not have: it is passed over with all that stands in it.
    pub(crate) const fn unknown() -> Self {
        Self {
            element: None,
            particle: 0,
            count: 0,
            index: 0,
        }
    }

    /// Goes on behind a gap, with the first element of this particle.
    pub(crate) const fn jump(&mut self, particle: usize) {
        self.particle = particle;
        self.count = 1;
    }

    /// The particle that is to be filled before the element may end.
    pub(crate) fn unfilled(&self, particles: &[Particle<F>]) -> usize {
        let is_filled = particles.get(self.particle).is_some_and(|it| self.count >= it.min);
        self.particle + usize::from(is_filled)
    }

    /// What may come next, in words.
    pub(crate) fn wanted(&self, particles: &[Particle<F>]) -> String {
        let mut names = Vec::new();
        for (index, particle) in particles.iter().enumerate().skip(self.particle) {
            let count = if index == self.particle { self.count } else { 0 };
            if count < particle.max {
                names.push(format!("`{}`", particle.element.name));
            }
            if count < particle.min {
                break;
            }
        }
        match names.is_empty() {
            true => "the end of the element".to_owned(),
            false => names.join(" or "),
        }
    }

    /// What to make of an element of this name, with which the sequence cannot go on.
    pub(crate) fn stray(&mut self, particles: &'static [Particle<F>], name: &str) -> Stray<F> {
        let stop = particles.iter().enumerate().skip(self.particle).find(|&(index, it)| {
            let count = if index == self.particle { self.count } else { 0 };
            count < it.min
        });
        let from = stop.map_or(particles.len(), |(index, _)| index);
        let later = particles
            .iter()
            .enumerate()
            .skip(from + 1)
            .find(|(_, it)| it.element.name == name);
        if let Some((to, &particle)) = later {
            return Stray::Behind { from, to, particle };
        }
        match particles.get(self.particle) {
            Some(full) if full.inferred && full.element.name == name => {
                self.count = self.count.saturating_add(1);
                Stray::TooMany {
                    element: full.element,
                    index: self.count,
                }
            }
            _ => Stray::Refused,
        }
    }
}
