/**
 * The rules that the machine follows are a number in its state, 0 at first: those of release 0.1.0. Members of that release and
 * of this one must come to the same state from the same entries, so nothing but an entry may change what entries mean: a
 * `beginTerm` that says from where on newer rules hold. Its leader says so once all members are known to know them. They never
 * go back.
 *
 * A mend that changes what a command does to the state holds from a number on; below it the code does what it did.
 */
export const newestRules = 1;
