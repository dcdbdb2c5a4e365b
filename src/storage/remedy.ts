import { reasonOf } from "./damage.ts";

/**
 * What has to be so before a process whose disk has failed is started again, as the end of a sentence. LevelDB gives errors of the
 * system as text, so that is looked at. Not every refusal is the disk's: a process or a system that may open no more files says the
 * same of each file. `otherwise`: for the disk's own.
 */
export function startAgainWhen(cause: unknown, otherwise = "when the disk has room and works"): string {
  return /EMFILE|ENFILE|too many open files/i.test(reasonOf(cause))
    ? "with a higher limit of open files (ulimit -n, LimitNOFILE), or when other programs have closed theirs"
    : otherwise;
}
