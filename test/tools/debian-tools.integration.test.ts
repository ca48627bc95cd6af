import { describe, expect, test } from 'vitest';
import { probeTestTools, testTools, testToolsPlan } from '../../tools/test-tools/debian-tools.ts';

const tool = { package: 'chromium', file: '/usr/bin/chromium', usedFor: 'pages' };

describe('what only the tests need', () => {
  test('is left alone where it is there', () => {
    expect(testToolsPlan({ missing: [], canInstall: true })).toEqual({
      act: false,
      text: `${testTools.map((one) => one.package).join(' ')} installed`,
    });
  });

  test('is installed by apt-get where that is allowed', () => {
    expect(testToolsPlan({ missing: [tool], canInstall: true })).toEqual({
      act: true,
      text: 'install chromium with apt-get',
    });
  });

  test('is named where somebody else has to install it', () => {
    expect(testToolsPlan({ missing: [tool], canInstall: false })).toEqual({
      act: true,
      text: 'stop: setup installs what tests need on Debian and Ubuntu only, as root; not found: /usr/bin/chromium (pages)',
    });
  });

  test('is searched for by a file of each package', async () => {
    const absent = { ...tool, file: '/nowhere/chromium' };
    const present = { ...tool, file: process.execPath };
    const probe = await probeTestTools(new AbortController().signal, [absent, present]);
    expect(probe.missing).toEqual([absent]);
  });
});
