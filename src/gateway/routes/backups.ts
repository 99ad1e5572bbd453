/** What `weir backup` asks of a server while it copies its data folder. Nothing of any tenant is answered. */
import { z } from 'zod';
import { BackupBegun, BackupHeld } from '../backup-shapes.ts';
import { type ApiRoute, route } from '../route.ts';

const params = z.strictObject({ id: BackupBegun.shape.id });

export const backupRoutes: readonly ApiRoute[] = [
  route(
    {
      method: 'POST',
      path: '/v1/backups',
      scope: 'operate',
      summary: 'Begins a backup of the installation: waits until what was acknowledged is evaluated. For weir backup.',
      status: 201,
      response: BackupBegun,
    },
    (_, { backend }) => backend.backups.begin(),
  ),
  route(
    {
      method: 'POST',
      path: '/v1/backups/:id/hold',
      scope: 'operate',
      summary:
        'Says up to where the journal belongs to the backup, and keeps the segments that it has until it is ended.',
      params,
      response: BackupHeld,
    },
    ({ params: { id } }, { backend }) => backend.backups.hold(id),
  ),
  route(
    {
      method: 'PUT',
      path: '/v1/backups/:id',
      scope: 'operate',
      summary: 'Says that the backup is still being made: one that is silent for two minutes is ended.',
      params,
      response: null,
    },
    ({ params: { id } }, { backend }) => {
      backend.backups.renew(id);
      return undefined;
    },
  ),
  route(
    {
      method: 'DELETE',
      path: '/v1/backups/:id',
      scope: 'operate',
      summary: 'Ends a backup: what was kept for it is let go of.',
      params,
      response: null,
    },
    ({ params: { id } }, { backend }) => {
      backend.backups.end(id);
      return undefined;
    },
  ),
];
