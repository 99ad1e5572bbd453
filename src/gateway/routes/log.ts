/** The log of the installation: what is written, room by room. */
import { z } from 'zod';
import { LOG_LEVELS, LOG_ROOMS } from '../../base/index.ts';
import { type ApiRoute, route } from '../route.ts';
import { RoomLevel } from '../shapes.ts';

export const logRoutes: readonly ApiRoute[] = [
  route(
    {
      method: 'GET',
      path: '/v1/log',
      scope: 'operate',
      summary: 'Rooms of the log and the lowest level each writes.',
      response: z.strictObject({ items: z.array(RoomLevel) }),
    },
    (_, { backend }) => ({ items: [...backend.log.levels()] }),
  ),
  route(
    {
      method: 'PUT',
      path: '/v1/log/:room',
      scope: 'operate',
      summary: 'Changes the level of a room in all threads at once; a restart has what is configured.',
      params: z.strictObject({ room: z.enum(LOG_ROOMS) }),
      body: z.strictObject({ level: z.enum(LOG_LEVELS) }),
      response: RoomLevel,
    },
    ({ params: { room }, body: { level } }, { backend }) => {
      backend.log.setLevel(room, level);
      return { room, level };
    },
  ),
];
