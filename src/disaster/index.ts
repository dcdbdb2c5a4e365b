export type { BackupSummary } from "./backupFile.ts";
export { verifyBackup } from "./backupReader.ts";
export { type WriteBackupOptions, type WrittenBackup, writeBackup } from "./backupWriter.ts";
export { inspect } from "./inspect.ts";
export type { BackupChunk, BackupHeader, BackupPart } from "./parts.ts";
export { type RecoverOptions, recover } from "./recover.ts";
export type { DisasterReport, Inspection, RecoveryReport, RestoreReport } from "./report.ts";
export { type RestoreOptions, restore } from "./restore.ts";
