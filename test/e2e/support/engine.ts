import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The engine's socket behind one of our own, which can be taken away as if the engine had stopped. */
export const relayEngine = async (): Promise<{ host: string; stop: () => Promise<void> }> => {
  const folder = mkdtempSync(join(tmpdir(), 'skipbeat-engine-'));
  const path = join(folder, 'docker.sock');
  const open = new Set<Socket>();
  const server: Server = createServer({ allowHalfOpen: true }, (client) => {
    const engine = createConnection({ path: '/var/run/docker.sock', allowHalfOpen: true });
    for (const socket of [client, engine]) {
      open.add(socket);
      socket.on('close', () => open.delete(socket));
      socket.on('error', () => socket.destroy());
    }
    client.pipe(engine);
    engine.pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    host: `unix://${path}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          rmSync(folder, { recursive: true });
          resolve();
        });
        for (const socket of open) socket.destroy();
      }),
  };
};

/**
 * What ends a run whose engine was taken away. What it noticed first is `…` there: that is whatever it asked next.
 * @param host of the relay @param after what is printed behind it
 */
export const engineLost = (host: string, out: string, ...after: readonly string[]): string =>
  [
    `ENGINE_LOST  The container engine stopped answering during the run (docker version --format '{{.Server.Version}}': exit code 1: Cannot connect to the Docker daemon at ${host}. Is the docker daemon running?). First noticed as: …`,
    'Try: npm run setup   (starts the engine), then  npm run skipbeat -- cleanup   (removes what this run left)',
    `What was seen until then: ${out}/`,
    ...after,
  ].join('\n');
