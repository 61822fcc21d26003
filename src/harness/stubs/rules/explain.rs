//! What `--explain` says of each rule.

use super::RuleText;

pub(super) const NOT_IMPLEMENTED: RuleText = RuleText {
    name: "not-implemented",
    finds: concat!("throws, returns or panics with \"not ", "implemented\""),
    explanation: concat!(
        "The function says that it does not exist. Whatever calls it is verified on paths that do not reach it.\n\n",
        "Found: `throw new NotImplementedException()`, `raise NotImplementedError`, `panic!`, `panic`, `errors.New`, `new Error` and\n",
        "the like with such a text, and the two macros that Rust has for it.\n",
        "Left alone: abstract and virtual members; whatever in tests is no test, for a test that reaches it fails; any other exception."
    ),
};
pub(super) const EMPTY_BODY: RuleText = RuleText {
    name: "empty-body",
    finds: "a function or a test with nothing in its body, and nothing said about why",
    explanation: concat!(
        "A function that does nothing looks like one that works until somebody needs its effect.\n\n",
        "Found: `public void Flush() { }`, a body of `return;`, `pass` or `return Task.CompletedTask;`, an empty test, and any function\n",
        "that is called after a numbered function of filestore.go.\n",
        "Left alone: constructors, overrides, members that are virtual, abstract or have attributes, explicit members of an interface,\n",
        "doubles in tests, what is named after nothing (NoOp, Null, Empty), `Dispose` and `Close` of a type that implements something,\n",
        "and a body in which a comment says why."
    ),
};
pub(super) const OPEN_COMMENT: RuleText = RuleText {
    name: concat!("to", "do-comment"),
    finds: "a comment that says that something is still to be done, or only stands for it",
    explanation: concat!(
        "Whoever wrote it knew that the code is not done.\n\n",
        "Found: the two markers in capitals anywhere in a comment, or in small letters at its beginning; \"stub implementation\", \"just a\n",
        "placeholder\", \"in a real implementation\" and the like.\n",
        "Left alone: a placeholder that is spoken of, such as that of a parameter; texts in code."
    ),
};
pub(super) const CONSTANT_RETURN: RuleText = RuleText {
    name: "constant-return",
    finds: "a function that gives back a constant where the Go function of that name computes",
    explanation: concat!(
        "A number, `null` or an empty list in place of an answer satisfies a compiler and many a test.\n\n",
        "Found: a body that is one constant (`return 0;`, `=> Task.FromResult(false)`, `Ok(())`, `nil`), in a function that is called as one of\n",
        "the 308 functions of filestore.go: `NumPending`, `num_pending` or `NumPendingAsync`. Names of one word (`State`) count in types that\n",
        "are called after a store, a block or a consumer.\n",
        "Left alone: functions that are constant in Go (`Type`, `subjectsAll`), functions of other names, virtual members, doubles in tests."
    ),
};
pub(super) const DELEGATION_SHELL: RuleText = RuleText {
    name: "delegation-shell",
    finds: "a function whose only content is to pass its own parameters on to a function of the same name",
    explanation: concat!(
        "A type made of such functions has the shape of the ported one, and its work is done elsewhere or nowhere.\n\n",
        "Found: `public ulong StoreMsg(string subject, byte[] body) => inner.StoreMsg(subject, body);`, where the function is a numbered one; and\n",
        "any such function of a type that implements nothing, has three of them or more, and more of them than of others.\n",
        "Left alone: types with a base or an interface, which decorators are, unless the function is numbered; overloads that add an argument;\n",
        "calls of `this` or `base`; extension methods; doubles in tests."
    ),
};
pub(super) const NO_ASSERTION: RuleText = RuleText {
    name: "no-assertion",
    finds: "a test that asserts nothing",
    explanation: concat!(
        "It passes as long as nothing throws, whatever the code answers.\n\n",
        "Found: a test in which neither it nor a function of its file that it calls asserts, verifies, expects, fails or throws.\n",
        "Left alone: a test that calls a function of its own that lies elsewhere (of its base class, say, or of an import) or hands itself to one,\n",
        "for that may assert; a test with an expected exception; a test that skips itself; one that says in its name that nothing is thrown. In\n",
        "Go only what is given the `t` can fail a test, in Rust any macro that is not the language's own."
    ),
};
pub(super) const CONSTANT_ASSERTION: RuleText = RuleText {
    name: "constant-assertion",
    finds: "an assertion on a constant",
    explanation: concat!(
        "It holds whatever the code does.\n\n",
        "Found: `Assert.True(true)`, `assert!(1 == 1)`, `Assert.Equal(1, 1)`, `expect(true).toBe(true)`, `assert x or True`.\n",
        "Left alone: `Assert.True(false)`, which is a way to fail."
    ),
};
pub(super) const SELF_COMPARISON: RuleText = RuleText {
    name: "self-comparison",
    finds: "an assertion that compares a value with itself",
    explanation: concat!(
        "It holds whatever the value is.\n\n",
        "Found: `Assert.Equal(state.Msgs, state.Msgs)`, `assert_eq!(a, a)`, `assert x == x`, `expect(x).toBe(x)`.\n",
        "Left alone: two calls, which may answer differently; tests of equality itself, which say so in their name or assert of the same value\n",
        "that it is not equal to something; the sameness of a member such as `X.Instance`."
    ),
};
pub(super) const SWALLOWED_EXCEPTION: RuleText = RuleText {
    name: "swallowed-exception",
    finds: "a test that catches everything and goes on",
    explanation: concat!(
        "What it catches is also the assertion that fails.\n\n",
        "Found: in a test, `catch { }`, `catch (Exception e) { Console.WriteLine(e); }`, `except Exception: pass`; in Rust a statement that ends in\n",
        "`.ok();`, in Go a `recover()` whose answer is dropped.\n",
        "Left alone: a handler for a certain exception or with a filter; what is put away at the end (`Delete`, `Dispose`, `Stop`); a loop that tries\n",
        "again; a `try` that leaves the test when it succeeds; in Java `catch (Exception e)` behind `fail()`, which it does not catch; what is sent\n",
        "in Rust to somebody who may be gone."
    ),
};
pub(super) const SKIPPED_TEST: RuleText = RuleText {
    name: "skipped-test",
    finds: "a test that is skipped or ignored",
    explanation: concat!(
        "It counts as a test and verifies nothing.\n\n",
        "Found: `[Fact(Skip = \"..\")]`, `[Ignore]`, `#[ignore]`, `@Disabled`, `it.skip`, `xit`, `@pytest.mark.skip`, and `t.Skip()` that is reached whatever\n",
        "happens.\n",
        "Left alone: a test that is skipped on a condition, such as a platform."
    ),
};
pub(super) const SLEEPING_TEST: RuleText = RuleText {
    name: "sleeping-test",
    finds: "a test that sleeps for a time instead of waiting for what it needs",
    explanation: concat!(
        "It is slow where the time is long enough, and fails by chance where it is not.\n\n",
        "Found: `Thread.Sleep(100)`, `await Task.Delay(100)`, `time.Sleep(..)`, `thread::sleep(..)` and the like as a statement of a test.\n",
        "Left alone: a sleep within a loop, which asks again; one in a closure, which plays something slow; one of no time or of endless time."
    ),
};
pub(super) const ALLOW_WITHOUT_REASON: RuleText = RuleText {
    name: "allow-without-reason",
    finds: "an allow that gives no reason, or names no rule that there is",
    explanation: concat!(
        "`// blkspec:allow(RULE): reason` allows what RULE finds on its line, or on the next line of code. Several rules go between the\n",
        "parentheses with commas. The reason is what a reviewer reads; without it nothing is allowed. Nothing allows this rule."
    ),
};
pub(super) const UNUSED_ALLOW: RuleText = RuleText {
    name: "unused-allow",
    finds: "an allow where there is nothing to allow",
    explanation: concat!(
        "What it spoke of is gone, or stands on another line. Left there it would hide the next one.\n",
        "Nothing allows this rule."
    ),
};
