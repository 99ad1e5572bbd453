export { type BackupOptions, type BackupReport, makeBackup } from './backup.ts';
export { backupError } from './errors.ts';
export { type BackupFinding, type CheckReport, checkBackup, type RestoreOptions, restoreBackup } from './restore.ts';
export { type BackupMoment, type BackupSource, folderSource, STAGE, stageFor } from './source.ts';
