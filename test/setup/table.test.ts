import { describe, expect, it } from 'vitest';
import { notReady, ready } from '../../src/setup/check.ts';
import { renderChecks } from '../../src/setup/table.ts';

describe('the table of checks', () => {
  it('says what is there, what is missing and what mends it', () => {
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
      ].join('\n'),
    );
  });

  it('keeps to 80 columns', () => {
    const text = renderChecks([notReady('engine', 'missing', 'word '.repeat(60).trim(), 'npm run setup')]);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });
});
