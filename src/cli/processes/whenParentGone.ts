/**
 * Resolves when the process that spawned this one (`spawnSelf`) is gone: the IPC channel between the two breaks
 * even when the parent is killed with SIGKILL. Never resolves without such a channel.
 */
export function whenParentGone(): Promise<void> {
  return new Promise((resolve) => {
    const { channel } = process;
    if (channel === undefined) return;
    // It was gone before this process had come so far.
    if (channel === null) return resolve();
    process.once("disconnect", () => resolve());
    channel.unref();
  });
}
