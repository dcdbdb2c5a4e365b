/** A promise that the test settles. */
export class Gate<T = void> {
  readonly opened: Promise<T>;
  open: (value: T) => void = () => undefined;

  constructor() {
    this.opened = new Promise((resolve) => {
      this.open = resolve;
    });
  }
}
