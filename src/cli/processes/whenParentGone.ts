/**
 * Resolves when the process that spawned this one (`spawnSelf`) is gone: the IPC channel between the two breaks
 * even when the parent is killed with SIGKILL. Never resolves without such a channel.
 */
export function whenParentGone(): Promise<void> {
  return new Promise((resolve) => {
    if (process.channel === undefined || process.channel === null) return;
    process.once("disconnect", () => resolve());
    process.channel.unref();
  });
}
