/** What a job's change mixes into the state hash: never renumber. */
export const stateCodes = {
  scheduled: 1,
  ready: 2,
  running: 3,
  completed: 4,
  dead: 5,
  cancelled: 6,
  waiting: 10,
} as const;
export const renewedCode = 7;
export const cancelRequestedCode = 8;
export const purgedCode = 9;
export const changedCode = 11;
