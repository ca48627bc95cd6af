import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { el, inertJson, table } from '../../../src/report/html/markup.ts';
import { hostileTexts } from '../formats/hostile.ts';

describe('text in the page', () => {
  test('is escaped as a child and as the value of an attribute', () => {
    expect(el('p', { title: '"<&>"' }, `<b>'&'</b>`).html).toBe(
      '<p title="&quot;&lt;&amp;&gt;&quot;">&lt;b&gt;&#39;&amp;&#39;&lt;/b&gt;</p>',
    );
  });

  test('shows control characters and those that turn a line round for what they are', () => {
    expect(el('p', {}, 'a\u0000b\u202ec').html).toBe('<p>a\\u0000b\\u202ec</p>');
  });

  test('never opens or ends an element, whatever it is', () => {
    const pieces = fc.constantFrom('<', '>', '"', "'", '&', '\0', '\n', 'a', '</p>', '=', '\ud800', ...hostileTexts);
    const text = fc.array(pieces, { maxLength: 8 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, text, (inner, value) => {
        const { html } = el('p', { title: value }, inner);
        return /^<p title="[^"<>']*">[^<>"']*<\/p>$/.test(html);
      }),
    );
  });

  test('stands in a table under its head, numbers at the right', () => {
    const { html } = table('Nodes', ['node', '#losses'], [['<worker>', { number: '2' }]]);
    expect(html).toBe(
      '<div class="scroll" role="region" aria-label="Nodes" tabindex="0"><table><caption>Nodes</caption><thead><tr><th scope="col">node</th><th scope="col" class="number">losses</th></tr></thead><tbody><tr><th scope="row">&lt;worker&gt;</th><td class="number">2</td></tr></tbody></table></div>',
    );
  });
});

describe('data in the page', () => {
  test('cannot end its element, and comes out as it went in', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(...hostileTexts, '</script>', '<!--', '\u2028'), (value, text) => {
        const { html } = inertJson({ value, text });
        expect(html).not.toMatch(/[<>&\u2028\u2029]/);
        expect(JSON.parse(html)).toEqual(JSON.parse(JSON.stringify({ value, text })));
      }),
    );
  });
});
