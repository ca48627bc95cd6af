/** HTML that was built by `el`, so that every text in it is escaped. */
export type Markup = { readonly html: string };

type Child = Markup | string | null | readonly (Markup | string | null)[];
type Attributes = Readonly<Record<string, string | number | true | null>>;

/**
 * Control characters other than tab and line feed have no place in HTML; what could turn the order of a line round is
 * shown for what it is.
 */
const visible = (text: string): string =>
  text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is searched for
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, (character) => {
      return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
    })
    .toWellFormed();

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escaped = (text: string): string => visible(text).replace(/[&<>"']/g, (character) => entities[character] ?? '');

const htmlOf = (child: Child): string => {
  if (child === null) return '';
  if (typeof child === 'string') return escaped(child);
  return 'html' in child ? child.html : child.map(htmlOf).join('');
};

const attributesOf = (attributes: Attributes): string =>
  Object.entries(attributes)
    .map(([name, value]) => {
      if (value === null) return '';
      return value === true ? ` ${name}` : ` ${name}="${escaped(String(value))}"`;
    })
    .join('');

const empty: ReadonlySet<string> = new Set(['meta', 'link', 'input', 'br']);

/** One element. Texts and attribute values are escaped; names of elements and attributes are the program's own. */
export const el = (name: string, attributes: Attributes = {}, ...children: readonly Child[]): Markup => ({
  html: empty.has(name)
    ? `<${name}${attributesOf(attributes)}>`
    : `<${name}${attributesOf(attributes)}>${children.map(htmlOf).join('')}</${name}>`,
});

/** Text of the program's own files, which stands in the page as it is: a script or a style sheet. */
export const verbatim = (html: string): Markup => ({ html });

/** JSON that may stand in a script element whatever its strings hold. */
export const inertJson = (value: unknown): Markup => ({
  html: JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  }),
});

export type Cell = Markup | string | { readonly number: string };

const cellOf = (cell: Cell, heading: boolean): Markup => {
  const isNumber = typeof cell === 'object' && 'number' in cell;
  const content = isNumber ? cell.number : cell;
  const side = isNumber ? 'number' : null;
  return heading ? el('th', { scope: 'row', class: side }, content) : el('td', { class: side }, content);
};

/**
 * A table with a caption for screen readers, column heads, and the first cell of each row as its head. Heads that
 * begin with `#` stand above numbers.
 */
export const table = (caption: string, heads: readonly string[], rows: readonly (readonly Cell[])[]): Markup =>
  el(
    'div',
    { class: 'scroll', role: 'region', 'aria-label': caption, tabindex: 0 },
    el(
      'table',
      {},
      el('caption', {}, caption),
      el(
        'thead',
        {},
        el(
          'tr',
          {},
          heads.map((head) =>
            el('th', { scope: 'col', class: head.startsWith('#') ? 'number' : null }, head.replace(/^#/, '')),
          ),
        ),
      ),
      el(
        'tbody',
        {},
        rows.map((row) =>
          el(
            'tr',
            {},
            row.map((cell, index) => cellOf(cell, index === 0)),
          ),
        ),
      ),
    ),
  );

/** A part of the page under a heading of its own. */
export const section = (id: string, title: string, ...children: readonly Child[]): Markup =>
  el('section', { id, 'aria-labelledby': `${id}-title` }, el('h2', { id: `${id}-title` }, title), ...children);
