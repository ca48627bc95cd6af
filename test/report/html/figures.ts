import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { millisecondsText, numberText, type RunDocument, secondsText } from '../../../src/verdict/index.ts';

const countText = (value: number | null): string => (value === null ? 'not seen' : numberText(value));

/** The page of a run shows the figures of its run.json: verdict, tiles, requests by phase, expectations, first events. */
export const expectFigures = async (page: Page, document: RunDocument): Promise<void> => {
  const { requests, nodes, pods, timing, expectations, verdict } = document;
  const word = verdict === 'pass' && expectations.length === 0 ? 'measured' : verdict;
  expect((await page.locator('#verdict h2').innerText()).toLowerCase()).toContain(word);
  const tiles = await page.locator('.tiles dd').allInnerTexts();
  const seconds = nodes.notReadyNodeSeconds;
  expect(tiles.map((text) => text.split('\n')[0])).toEqual([
    countText(nodes.maxNotReady),
    seconds === null ? 'not seen' : `${numberText(Math.round(seconds * 10) / 10)} s`,
    ...(nodes.unrecovered === undefined ? [] : [countText(nodes.unrecovered)]),
    numberText(requests.refused),
    numberText(requests.ok),
    countText(pods.evicted),
    requests.latencyMs.p99 === null ? 'none' : millisecondsText(requests.latencyMs.p99),
  ]);
  const rows = await page.locator('#requests tbody tr').allInnerTexts();
  for (const [index, [name, counts]] of Object.entries(requests.byPhase).entries()) {
    const cells = rows[index]?.split('\t') ?? [];
    expect([cells[0], cells[2], cells[3], cells[4]]).toEqual([
      name,
      numberText(counts.offered),
      numberText(counts.ok),
      numberText(counts.refused),
    ]);
  }
  expect(await page.locator('#expectations tbody tr').count()).toBe(expectations.length);
  if (timing.faultStartMs === null || timing.firstNotReadyMs === null) return;
  const milestones = await page.locator('#milestones').innerText();
  expect(milestones).toContain(secondsText(timing.firstNotReadyMs - timing.faultStartMs));
};
