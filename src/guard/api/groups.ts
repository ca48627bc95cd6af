import * as z from 'zod';
import { apiAway } from '../../cluster/index.ts';
import type { Api } from './request.ts';

const groupsShape = z.object({
  groups: z.array(z.object({ versions: z.array(z.object({ groupVersion: z.string() })) })),
});

/** What the API server serves beside the core, each version that it has: `apps/v1`. @throws as `Api.request` */
export const readGroupVersions = async (api: Api, signal: AbortSignal): Promise<readonly string[]> => {
  const found = await api.read('/apis', groupsShape, { needs: { verb: 'get', resource: '/apis' }, signal });
  if (found === null) throw apiAway(api.place, 'nothing at /apis');
  return found.groups.flatMap(({ versions }) => versions.map(({ groupVersion }) => groupVersion));
};
