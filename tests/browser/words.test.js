/** The field for captions: how a text is read, and what is said of words that nobody knows. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { captionsOf } from '../../www/page/held-out-captions.js';
import { readCaption } from '../../www/page/words-pad.js';

const NAMES = ['the', 'digit', 'is', 'red', 'green', 'three', 'two', 'top', 'left'];
const LENGTH = 5;

test('words become their numbers, whatever stands between them', () => {
  const numbers = (/** @type {string} */ text) => readCaption(text, NAMES, LENGTH).numbers;
  assert.deepEqual(numbers('the red three'), [1, 4, 6]);
  assert.deepEqual(numbers('  The RED,  three. '), [1, 4, 6]);
  assert.deepEqual(readCaption('', NAMES, LENGTH), { numbers: [], problem: '' });
  assert.equal(readCaption('the red three', NAMES, LENGTH).problem, '');
});

test('a word that is not in the list is named, with those that would work, and the others are read', () => {
  const { numbers, problem } = readCaption('the purple three', NAMES, LENGTH);
  assert.deepEqual(numbers, [1, 6]);
  assert.equal(problem, 'The run never saw the word “purple”. It knows the words below.');
  // What begins so, or is only a slip away, comes first.
  assert.match(readCaption('gren', NAMES, LENGTH).problem, /knows “green”/);
  assert.match(readCaption('t', NAMES, LENGTH).problem, /knows “the”, “three”, “two”, “top”/);
  for (const nonsense of ['\u{1F600}', '<b>', '___', '3', 'x'.repeat(5000)])
    assert.ok(readCaption(`red ${nonsense} two`, NAMES, LENGTH).numbers.includes(4), nonsense);
});

test('a caption that is too long says how many words it may have', () => {
  const { numbers, problem } = readCaption('the digit is red the digit', NAMES, LENGTH);
  assert.equal(numbers.length, LENGTH);
  assert.match(problem, /5 words at most; this one has 6/);
});

test('numbers of words become the captions that they were', () => {
  const captions = captionsOf(new Uint8Array([1, 4, 6, 0, 0, 1, 2, 3, 5, 9]), NAMES, LENGTH);
  assert.deepEqual(captions, ['the red three', 'the digit is green left']);
  for (const caption of captions) assert.equal(readCaption(caption, NAMES, LENGTH).problem, '');
});
