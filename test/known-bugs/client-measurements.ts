import { us } from '../backend/model/support/clusters.ts';
import type { Measurement } from './controllers.ts';

export const inStep: Measurement = async ({ renewals }) => {
  const all = await renewals();
  if (all === null) return null;
  const gapsUs = all.slice(1).map(({ atUs }, index) => atUs - (all[index]?.atUs ?? 0));
  return Math.max(...gapsUs) - Math.min(...gapsUs) < us(0.05);
};

export const oldDuration: Measurement = async ({ renewals }) => {
  const all = await renewals();
  return all === null ? null : all.at(-1)?.durationSeconds !== 60;
};

/** HTTP/2 itself has no limit: a connection is given up after 45 s, or when TCP does. */
export const deadConnection: Measurement = async ({ waitsOnDeadConnectionUs }) =>
  (await waitsOnDeadConnectionUs()) >= us(900);
