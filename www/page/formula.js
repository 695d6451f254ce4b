/**
 * Formulas as text, `E(-log(real)) - 0.5 * x^2`: read once, then shown as MathML, with names or with numbers in their
 * places, and worked out.
 */

/**
 * @typedef {{ kind: 'number', value: number } | { kind: 'name', name: string } | { kind: 'call', name: string, of: Formula[] }
 *   | { kind: 'negative', of: Formula } | { kind: 'binary', sign: Sign, left: Formula, right: Formula }} Formula
 * @typedef {'+' | '-' | '*' | '/' | '^'} Sign
 * @typedef {{ tag: string, class?: string, children: (Markup | string)[] }} Markup  an element of MathML
 */

const TOKEN = /\s*(?:(\d+(?:\.\d+)?)|([A-Za-z]\w*)|(.))/gy;
/** How strongly signs bind; what binds more loosely inside of another stands in brackets. @type {Record<Sign, number>} */
const BINDS = { '+': 1, '-': 1, '*': 2, '/': 2, '^': 4 };
/** What functions come to, for those that have numbers. Means stand in for what a mean is taken of. @type {Record<string, (args: number[]) => number>} */
const FUNCTIONS = {
  log: ([value]) => Math.log(value),
  exp: ([value]) => Math.exp(value),
  max: (values) => Math.max(...values),
  both: ([value]) => 2 * value,
  E: ([value]) => value,
};
/** @type {Record<string, string>} */
const LETTERS = { lambda: '\u03bb', hat: 'x\u0302' };

/**
 * @param {string} text
 * @returns {Formula}
 * @throws {Error} where it is none
 */
export function read(text) {
  const tokens = [...text.matchAll(TOKEN)].map(([, number, name, sign]) => ({ number, name, sign }));
  let at = 0;
  /** @param {string} wanted */
  const takes = (wanted) => tokens[at]?.sign === wanted && Boolean(++at);
  /** @param {string} wanted */
  const needs = (wanted) => {
    if (!takes(wanted)) throw new Error(`"${text}" has no "${wanted}" where one belongs (part ${at + 1}).`);
  };
  /** @param {Sign[]} signs @param {() => Formula} operand @returns {Formula} */
  const row = (signs, operand) => {
    let left = operand();
    for (let sign; (sign = signs.find(takes));) left = { kind: 'binary', sign, left, right: operand() };
    return left;
  };
  /** @returns {Formula} */
  const sum = () => row(['+', '-'], product);
  const product = () => row(['*', '/'], factor);
  /** @returns {Formula} */
  const factor = () => (takes('-') ? { kind: 'negative', of: factor() } : row(['^'], operand));
  /** @returns {Formula} */
  const operand = () => {
    if (takes('(')) {
      const inner = sum();
      needs(')');
      return inner;
    }
    const { number, name } = tokens[at++] ?? {};
    if (number) return { kind: 'number', value: Number(number) };
    if (!name) throw new Error(`"${text}" lacks something (part ${at}).`);
    if (!takes('(')) return { kind: 'name', name };
    const of = [sum()];
    while (takes(',')) of.push(sum());
    needs(')');
    return { kind: 'call', name, of };
  };
  const formula = sum();
  if (at < tokens.length) throw new Error(`"${text}" goes on behind its end (part ${at + 1}).`);
  return formula;
}

/**
 * With other formulas in the places of some names.
 * @param {Formula} formula
 * @param {(name: string) => Formula | undefined} placed
 * @returns {Formula}
 */
export function replaced(formula, placed) {
  switch (formula.kind) {
    case 'name':
      return placed(formula.name) ?? formula;
    case 'call':
      return { ...formula, of: formula.of.map((part) => replaced(part, placed)) };
    case 'negative':
      return { ...formula, of: replaced(formula.of, placed) };
    case 'binary':
      return { ...formula, left: replaced(formula.left, placed), right: replaced(formula.right, placed) };
    default:
      return formula;
  }
}

/** Without terms that a weight of nothing leaves out. @param {Formula} formula @param {(name: string) => number | undefined} valueOf @returns {Formula} */
export function simplified(formula, valueOf) {
  if (formula.kind !== 'binary' || formula.sign !== '+') return formula;
  const isNothing = (/** @type {Formula} */ part) =>
    part.kind === 'binary' && part.sign === '*' && part.left.kind === 'name' && valueOf(part.left.name) === 0;
  const [left, right] = [simplified(formula.left, valueOf), simplified(formula.right, valueOf)];
  if (isNothing(left)) return right;
  return isNothing(right) ? left : { ...formula, left, right };
}

/** The names in it. @param {Formula} formula @returns {string[]} */
export function namesOf(formula) {
  switch (formula.kind) {
    case 'name':
      return [formula.name];
    case 'call':
      return [formula.name, ...formula.of.flatMap(namesOf)];
    case 'negative':
      return namesOf(formula.of);
    case 'binary':
      return [...namesOf(formula.left), ...namesOf(formula.right)];
    default:
      return [];
  }
}

/** What it comes to; NaN where a name or a function has no number. @param {Formula} formula @param {(name: string) => number | undefined} valueOf @returns {number} */
export function worth(formula, valueOf) {
  switch (formula.kind) {
    case 'number':
      return formula.value;
    case 'name':
      return valueOf(formula.name) ?? NaN;
    case 'call':
      return FUNCTIONS[formula.name]?.(formula.of.map((part) => worth(part, valueOf))) ?? NaN;
    case 'negative':
      return -worth(formula.of, valueOf);
    case 'binary': {
      const [left, right] = [worth(formula.left, valueOf), worth(formula.right, valueOf)];
      return { '+': left + right, '-': left - right, '*': left * right, '/': left / right, '^': left ** right }[
        formula.sign
      ];
    }
  }
}

// As MathML ---------------------------------------------------------------------------------------

/** @param {string} tag @param {...(Markup | string)} children @returns {Markup} */
const m = (tag, ...children) => ({ tag, children });
/** @param {string} sign */
const mo = (sign) => m('mo', sign);
/** @param {(Markup | string)[]} inner @param {string} [open] @param {string} [close] */
const within = (inner, open = '(', close = ')') => m('mrow', mo(open), ...inner, mo(close));

/** Whose colour a name has: G and what it makes the forger's, D and what is real the detective's. @type {Record<string, string>} */
const COLOURS = { G: 'of-g', D: 'of-d', x: 'of-x', hat: 'of-x', real: 'of-x', fake: 'of-g' };
/** @param {string} name */
export const sideOf = (name) => COLOURS[name.split('_')[0]];

/** A letter, with what stands behind `_` below it. @param {string} name @returns {Markup} */
function letter(name) {
  const [base, below] = name.split('_');
  const shown = { ...m('mi', LETTERS[base] ?? base), class: sideOf(name) };
  return below ? m('msub', shown, { ...m(below.length > 2 ? 'mtext' : 'mi', below), class: sideOf(name) }) : shown;
}

/** @typedef {((name: string) => string | undefined) | null} Numbers  what stands in the places of names, of some of them */

/**
 * @param {Formula} formula
 * @param {Numbers} [numbers]  null: all names as they are; with numbers, means are there already, and are not asked for again
 * @returns {Markup}
 */
export function markup(formula, numbers = null) {
  /** @param {Formula} part */
  const shown = (part) => markup(part, numbers);
  /** @param {Formula} part @param {number} binds  of what is around it */
  const bound = (part, binds) => (bindingOf(part, numbers) < binds ? within([shown(part)]) : shown(part));
  switch (formula.kind) {
    case 'number':
      return m('mn', String(formula.value));
    case 'name': {
      const text = numbers?.(formula.name);
      return text === undefined ? letter(formula.name) : { ...m('mn', text), class: sideOf(formula.name) };
    }
    case 'negative':
      return m('mrow', mo('\u2212'), bound(formula.of, BINDS['*']));
    case 'call':
      if (numbers && formula.name === 'E') return shown(formula.of[0]);
      if (numbers && formula.name === 'both')
        return m('mrow', m('mn', '2'), mo('\u00d7'), bound(formula.of[0], BINDS['^']));
      return called(formula.name, formula.of.map(shown));
    case 'binary': {
      const { sign, left, right } = formula;
      const binds = BINDS[sign];
      if (sign === '/') return m('mfrac', shown(left), shown(right));
      if (sign === '^') return m('msup', bound(left, binds + 1), shown(right));
      const isNumber = (/** @type {Formula} */ part) =>
        part.kind === 'number' || (part.kind === 'name' && numbers?.(part.name) !== undefined);
      const times = isNumber(left) || isNumber(right) ? '\u00d7' : '\u2062'; // the second one is not seen
      const between = { '+': '+', '-': '\u2212', '*': times }[sign];
      return m('mrow', bound(left, binds), mo(between), bound(right, sign === '*' ? BINDS['^'] : BINDS['*']));
    }
  }
}

/** @param {Formula} part @param {Numbers} numbers @returns {number} */
function bindingOf(part, numbers) {
  switch (part.kind) {
    case 'binary':
      return part.sign === '/' ? BINDS['^'] : BINDS[part.sign];
    case 'negative':
      return BINDS['+'];
    case 'name': // a number below nothing needs brackets as a minus does
      return /^[\u2212-]/.test(numbers?.(part.name) ?? '') ? BINDS['+'] : Infinity;
    case 'call':
      if (numbers && part.name === 'E') return bindingOf(part.of[0], numbers);
      return numbers && part.name === 'both' ? BINDS['*'] : Infinity;
    default:
      return Infinity;
  }
}

/** @param {string} name @param {Markup[]} of @returns {Markup} */
function called(name, of) {
  const listed = of.flatMap((part, at) => (at ? [mo(','), part] : [part]));
  switch (name) {
    case 'E':
      return m('mrow', m('mi', '\u{1d53c}'), within(listed, '[', ']'));
    case 'exp':
      return m('msup', m('mi', 'e'), of[0]);
    case 'norm':
      return within(listed, '\u2016', '\u2016');
    case 'l1':
      return m('msub', within(listed, '\u2016', '\u2016'), m('mn', '1'));
    case 'l2':
      return m('msup', within(listed, '\u2016', '\u2016'), m('mn', '2'));
    case 'grad':
      return m('mrow', mo('\u2207'), of[0]);
    case 'both':
      return m('mrow', m('munder', mo('\u2211'), m('mtext', 'both')), of[0]);
    default:
      return m('mrow', letter(name), mo('\u2061'), within(listed));
  }
}

const NAMESPACE = 'http://www.w3.org/1998/Math/MathML';

/** @param {Markup} markup @returns {Element} */
export function drawn({ tag, class: side, children }) {
  const element = document.createElementNS(NAMESPACE, tag);
  if (side) element.setAttribute('class', side);
  element.append(...children.map((child) => (typeof child === 'string' ? child : drawn(child))));
  return element;
}

/** What it says, without the layout. @param {Markup} markup @returns {string} */
export const plain = ({ children }) =>
  children.map((child) => (typeof child === 'string' ? child : plain(child))).join('');
