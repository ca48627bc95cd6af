import { describe, expect, test } from 'vitest';
import { withRuntime } from '../../../src/setup/engine/runtime-wrapper.ts';

const ours = { 'default-runtime': 'skipbeat-runc', runtimes: { 'skipbeat-runc': { path: '/opt/runc-capped' } } };

describe("the engine's configuration with our runtime", () => {
  test.each([[null], [''], ['{}'], ['{"default-runtime": "runc"}']])('is ours alone where there was %j', (current) => {
    expect(JSON.parse(withRuntime(current, '/opt/runc-capped'))).toEqual(ours);
  });

  test('keeps every other setting and runtime', () => {
    const current = { 'log-driver': 'local', runtimes: { kata: { path: '/usr/bin/kata' } }, mtu: 1400 };
    expect(JSON.parse(withRuntime(JSON.stringify(current), '/opt/runc-capped'))).toEqual({
      ...ours,
      'log-driver': 'local',
      mtu: 1400,
      runtimes: { kata: { path: '/usr/bin/kata' }, ...ours.runtimes },
    });
  });

  test('is the same when made twice', () => {
    const once = withRuntime('{"mtu": 1400}', '/opt/runc-capped');
    expect(withRuntime(once, '/opt/runc-capped')).toBe(once);
  });

  test('leaves the default runtime that somebody chose', () => {
    expect(() => withRuntime('{"default-runtime": "nvidia"}', '/opt/runc-capped')).toThrow(
      '/etc/docker/daemon.json: expected no default-runtime of its own, found "nvidia". ' +
        'Privileged containers need a runtime that drops the capabilities this machine lacks.',
    );
  });

  test.each([
    ['[]', 'an array'],
    ['null', 'null'],
    ['3', '3'],
  ])('refuses %s', (current, found) => {
    expect(() => withRuntime(current, '/opt/runc-capped')).toThrow(
      `/etc/docker/daemon.json: expected a JSON object, found ${found}.`,
    );
  });

  test('refuses text that is no JSON, and does not replace it', () => {
    expect(() => withRuntime('{"mtu": ', '/opt/runc-capped')).toThrow(
      /^\/etc\/docker\/daemon\.json: expected a JSON object, found text that is none/,
    );
  });
});
