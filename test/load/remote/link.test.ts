import { expect, test } from 'vitest';
import { createLink } from '../../../src/load/index.ts';

type Way = { readonly carry: () => void; readonly cut: () => void };

/** Two ends, and a way between them that carries what was written when a test says so. */
const pair = () => {
  const seen: { readonly here: string[]; readonly there: string[] } = { here: [], there: [] };
  const here = createLink((line) => seen.here.push(line));
  const there = createLink((line) => seen.there.push(line));
  const connect = (): Way => {
    const under: { text: string; to: 'here' | 'there' }[] = [];
    const toThere = there.attach((text) => under.push({ text, to: 'here' }));
    const toHere = here.attach((text) => under.push({ text, to: 'there' }));
    return {
      carry: () => {
        for (let one = under.shift(); one !== undefined; one = under.shift()) {
          (one.to === 'here' ? toHere : toThere)(one.text.trimEnd());
        }
      },
      cut: () => {
        under.length = 0;
        here.detach();
        there.detach();
      },
    };
  };
  return { here, there, seen, connect };
};

test('lines of both ends arrive once and in order', () => {
  const { here, there, seen, connect } = pair();
  here.send('before there is a way');
  const way = connect();
  here.send('a b  c');
  there.send('{"type":"started"}');
  way.carry();
  expect(seen).toEqual({ here: ['{"type":"started"}'], there: ['before there is a way', 'a b  c'] });
});

test('what was under way when the way broke comes with the next one, and what had arrived does not come twice', () => {
  const { here, there, seen, connect } = pair();
  const first = connect();
  there.send('1');
  there.send('2');
  first.carry();
  there.send('3');
  first.cut();
  there.send('4');
  here.send('stop');
  const second = connect();
  second.carry();
  there.send('5');
  second.carry();
  expect(seen).toEqual({ here: ['1', '2', '3', '4', '5'], there: ['stop'] });
});

test('the beginning of a line that broke off is none, and comes complete with the next way', () => {
  const message = '{"type":"start","plan":{}}';
  for (let length = 1; length < `1 ${message.length} ${message}`.length; length += 1) {
    const seen: string[] = [];
    const [sender, receiver] = [createLink(() => undefined), createLink((one) => seen.push(one))];
    const under: string[] = [];
    sender.send(message);
    sender.attach((text) => under.push(text));
    const line = under.find((text) => text.startsWith('1 ')) ?? '';
    receiver.attach(() => undefined)(line.slice(0, length));
    expect(seen).toEqual([]);
    receiver.attach(() => undefined)(line.trimEnd());
    expect(seen).toEqual([message]);
  }
});

test('a line is kept until the other end has it, and no longer', () => {
  const { here, there, connect } = pair();
  there.send('1');
  const way = connect();
  way.carry();
  there.send('2');
  way.cut();
  expect(there.waiting()).toBe(2);
  const next = connect();
  next.carry();
  here.confirm();
  next.carry();
  expect(there.waiting()).toBe(0);
});

test('a way that another one has replaced brings nothing', () => {
  const seen: string[] = [];
  const link = createLink((line) => seen.push(line));
  const old = link.attach(() => undefined);
  const now = link.attach(() => undefined);
  old('1 3 old');
  now('1 3 new');
  now('no line of a link');
  now('3 9 too early');
  expect(seen).toEqual(['new']);
});
