import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Place } from './place.ts';

/** The scenario that every night of the rehearsal runs, predicted. */
export const nightScenario = 'default';
export const nightKubernetes = 'v1.34';
const nights = [101, 102, 103, 104, 105] as const;

const modules = join(import.meta.dirname, '../../../node_modules');

/** Makes good nights, as nightly.yml would have left them; once, for every rehearsal that needs them. */
export const makeGoodNights = async (place: Place): Promise<void> => {
  const earlier = join(place.folder, 'earlier');
  if (existsSync(earlier)) return;
  await execa('git', ['clone', '--quiet', place.clone, earlier]);
  symlinkSync(modules, join(earlier, 'node_modules'));
  const name = `${nightScenario}-${nightKubernetes}`;
  for (const night of nights) {
    const folder = join(place.store, String(night), `run-${name}`, name);
    const options = ['--backend', 'model', '--kubernetes', nightKubernetes, '--repeats', '5', '--seed', String(night)];
    await execa(
      process.execPath,
      [join(earlier, 'src/main.ts'), 'run', nightScenario, ...options, '--plain', '--out', folder],
      { env: place.env, cwd: place.folder },
    );
    const good = join(place.store, String(night), 'good-night');
    mkdirSync(good, { recursive: true });
    writeFileSync(join(good, 'tonight.json'), '{"good":true}\n');
  }
};

/** Answers what `ci:baseline` asks of GitHub, with those nights. @returns its address, and what closes it */
export const serveNights = async (): Promise<{ readonly url: string; readonly close: () => void }> => {
  const server: Server = createServer((request, response) => {
    const isList = request.url?.includes('/workflows/nightly.yml/runs') === true;
    const newest = nights.toReversed().map((id) => ({ id }));
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(isList ? { workflow_runs: newest } : { artifacts: [{ expired: false }] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${port}`, close };
};
