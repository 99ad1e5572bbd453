/**
 * Errors of backups: `backup.target` (it is no place for one), `backup.none`, `backup.newer`, `backup.damaged`, `backup.signature`, `backup.lost`
 * (the server let go of what was being copied), `restore.folder`.
 */
import { WeirError } from '../../base/index.ts';

export type BackupCode =
  | 'backup.target'
  | 'backup.none'
  | 'backup.newer'
  | 'backup.damaged'
  | 'backup.signature'
  | 'backup.key'
  | 'backup.lost'
  | 'restore.folder';

export function backupError(code: BackupCode, message: string, hint?: string, cause?: unknown): WeirError {
  return new WeirError(code, message, { ...(hint === undefined ? {} : { hint }), cause });
}
