/** The block registry, asked once for a sitting, and test data for the operations a page is bound to. */
import { reactive } from 'vue'
import { PEOPLE } from '../../preview/people'
import { ask, Refusal } from '../net'
import { Book } from './schema'
import type { Json, Registry, Source } from './types'

let book: Promise<Book> | null = null

export function openBook(): Promise<Book> {
  book ??= ask<Registry>('blocks.registry').then((registry) => new Book(registry))
  book.catch(() => (book = null))
  return book
}

const answers = reactive<Record<string, Json>>({})
const wanted = new Set<string>()

/** Every operation a source names, wherever it stands. */
export function opsOf(value: Json | undefined, found = new Set<string>()): Set<string> {
  if (Array.isArray(value)) for (const item of value) opsOf(item, found)
  else if (typeof value === 'object' && value !== null) {
    if (typeof value['op'] === 'string') found.add(value['op'])
    for (const item of Object.values(value)) opsOf(item, found)
  }
  return found
}

/** Ask for answers in the form of the operations that have none yet. */
export async function needSamples(source: Source): Promise<void> {
  const ops = [...opsOf(source), 'session.me'].filter((op) => !wanted.has(op))
  for (const op of ops) wanted.add(op)
  if (!ops.length) return
  try {
    Object.assign(answers, (await ask<{ items: Record<string, Json> }>('pages.samples', { ops })).items)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    for (const op of ops) wanted.delete(op)
  }
}

/** What the bank of the preview answers for one of the test customers. */
export function samplesOf(person: string): Record<string, Json> {
  return { ...answers, ...(PEOPLE.find((one) => one.id === person)?.answers ?? {}) }
}
