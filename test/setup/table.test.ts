import { describe, expect, test } from 'vitest';
import { checkNames, notReady, ready } from '../../src/setup/check.ts';
import { renderChecks, renderRights, rights } from '../../src/setup/table.ts';

describe('the table of checks', () => {
  test('says what is there, what is missing and what fixes it', () => {
    const text = renderChecks([
      ready('engine', 'docker 28.2.2, cgroup v2'),
      ready('node-image', 'Kubernetes v1.34.4, built by another state of node-image/', 'npm run setup -- --rebuild'),
      notReady(
        'kind',
        'missing',
        'expected kind v0.30.0 on PATH or at /root/.cache/skipbeat/bin/kind, found none',
        'npm run setup',
      ),
      notReady('load-balancer-image', 'missing', 'no docker.io/kindest/haproxy:v1', 'npm run setup'),
      notReady('kwok', 'missing', 'expected kwok v0.8.0 at /bin/kwok, found none', 'npm run setup -- --hollow'),
    ]);
    expect(text).toBe(
      [
        '  engine               ready    docker 28.2.2, cgroup v2',
        '  node-image           ready    Kubernetes v1.34.4, built by another state of',
        '                                node-image/',
        '                                Try: npm run setup -- --rebuild',
        '  kind                 missing  expected kind v0.30.0 on PATH or at',
        '                                /root/.cache/skipbeat/bin/kind, found none',
        '                                Try: npm run setup',
        '  load-balancer-image  missing  no docker.io/kindest/haproxy:v1',
        '                                Try: npm run setup',
        '                                needed for topology ha only',
        '  kwok                 missing  expected kwok v0.8.0 at /bin/kwok, found none',
        '                                Try: npm run setup -- --hollow',
        '                                needed for cluster.hollow only',
      ].join('\n'),
    );
  });

  test('keeps to 80 columns', () => {
    const text = renderChecks([notReady('engine', 'missing', 'word '.repeat(60).trim(), 'npm run setup')]);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  test('says of every step and of a run whether it takes root, where and why', () => {
    const lines = renderRights(rights).split('\n');
    expect(lines.filter((line) => /^ {2}\S/.test(line)).map((line) => line.trim().split(/ {2,}/).slice(0, 2))).toEqual(
      [...checkNames, 'run'].map((name) => [
        name,
        ['engine', 'privileged', 'node-image'].includes(name) ? 'root' : 'no root',
      ]),
    );
    const engine = lines.findIndex((line) => line.startsWith('  engine '));
    expect(lines.slice(engine, engine + 2)).toEqual([
      '  engine               root     where no engine answers: apt-get installs its',
      '                                packages, and dockerd is started',
    ]);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  });
});
