import { expect, test } from 'vitest';
import { engineIdOf, isEngine } from '../../../src/common/host/engine-id.ts';

const one = engineIdOf({ ID: 'AB:CD', Name: 'here', DockerRootDir: '/var/lib/docker' });

test('two engines that share an ID, as old ones of one machine or copies of it do, are two', () => {
  expect(one).toBe('AB:CD (here, /var/lib/docker)');
  expect(isEngine(one, one)).toBe(true);
  expect(isEngine(one, engineIdOf({ ID: 'AB:CD', Name: 'here', DockerRootDir: '/srv/docker' }))).toBe(false);
  expect(isEngine(one, engineIdOf({ ID: 'AB:CD', Name: 'copy', DockerRootDir: '/var/lib/docker' }))).toBe(false);
});

test('an ID alone, as it was written down before, is that of whichever answers by it', () => {
  expect(isEngine('AB:CD', one)).toBe(true);
  expect(isEngine('AB', one)).toBe(false);
});

test('an engine that does not say its ID has none', () => {
  expect(engineIdOf({ Name: 'here' })).toBe('');
});
