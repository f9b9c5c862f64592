//! The rules of a scope, each with its name and message.

macro_rules! scope_errors {
    ($($(#[$doc:meta])* $variant:ident = $rule:literal, $message:literal;)+) => {
        /// A text that is no scope of the function in this release.
        #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
        #[non_exhaustive]
        pub enum ScopeError {
            $($(#[$doc])* #[error($message)] $variant,)+
        }

        impl ScopeError {
            /// The stable name of the rule, for programs.
            #[must_use]
            pub const fn rule(self) -> &'static str {
                match self {
                    $(Self::$variant => $rule,)+
                }
            }
        }
    };
}

scope_errors! {
    /// It is too long, or has too many members.
    TooLong = "scope-too-long", "the scope is too long";
    /// The release does not have the function, or there is no such function.
    Function = "scope-function", "this release has no such function";
    /// A member is not of the form `naam~gegevensdienst`.
    Combination = "scope-combination", "a part of the scope is not of the form `naam~gegevensdienst`";
    /// It is not of the form `subscribe~dagen/naam~gegevensdienst`.
    Abonneren = "scope-abonneren", "the scope is not of the form `subscribe~dagen/naam~gegevensdienst`";
    /// The duration is no number without sign and leading zeros, or too great.
    Dagen = "scope-dagen", "the duration is not a number of days without sign and leading zeros";
    /// The name of the Aanbieder is none.
    Aanbieder = "scope-aanbieder", "the name in the scope is not that of an Aanbieder without `@medmij`";
    /// The id of a Gegevensdienst is not of digits.
    Gegevensdienst = "scope-gegevensdienst", "the Gegevensdienst in the scope is not a number";
    /// Two Aanbieders in one scope.
    TwoAanbieders = "scope-two-aanbieders", "the scope names more than one Aanbieder";
    /// The same member twice.
    Repeated = "scope-repeated", "a part of the scope stands there twice";
    /// More members than the function takes in this release.
    MoreThanOne = "scope-more-than-one", "the scope names more than one; this function and release take one";
    /// A representation that this release or function does not have, or two.
    Representation = "scope-representation", "this release and function have no such representation";
}
