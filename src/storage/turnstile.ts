/** Lets one piece of work through at a time, in the order of the calls. One that fails does not hold up the next. */
export class Turnstile {
  #last: Promise<unknown> = Promise.resolve();

  run<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
