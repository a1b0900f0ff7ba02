/** Who sits at this desk, and what their roles let them ask. */
import { computed, reactive } from 'vue'
import { ask, Refusal } from './net'
import type { DeskTile, Me } from './types'

const NOBODY: Me = { signed_in: false, demo: false, business_date: '', now: '', may: [], staff: null }

export const desk = reactive({
  me: NOBODY,
  known: false,
  /** How far the bank's clock is ahead of this computer's, in milliseconds. */
  ahead: 0,
  /** Ticks every second for what counts down. */
  now: Date.now(),
  /** The bank the centre looks at; its own when null. */
  bank: null as number | null,
  /** Held payments that wait, for the rail. */
  waiting: 0,
  /** Desks of content that are open to whoever sits here. */
  desks: [] as DeskTile[],
  /** Whether it is known which these are. */
  found: false,
})

export function sit(me: Me): void {
  desk.me = me
  desk.known = true
  desk.ahead = me.now ? Date.parse(me.now) - Date.now() : 0
  if (!me.signed_in) Object.assign(desk, { bank: null, waiting: 0, desks: [], found: false })
  else void findDesks()
  const theme = me.staff?.bank.theme
  const root = document.documentElement
  if (theme && theme !== 'default' && theme !== 'qinghe') root.dataset['bank'] = theme
  else delete root.dataset['bank']
}

/** Ask which desks there are; while the bank does not answer, those that are known stay. */
export async function findDesks(): Promise<void> {
  try {
    desk.desks = (await ask<{ items: DeskTile[] }>('desks.list')).items
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
  } finally {
    desk.found = true
  }
}

export async function whoSits(): Promise<void> {
  sit(await ask<Me>('session.me'))
}

export function rise(): void {
  sit({ ...NOBODY, demo: desk.me.demo })
}

export const may = (op: string): boolean => desk.me.may.includes(op)

export const centre = computed(() => desk.me.staff?.centre ?? false)

/** How often a page asks again. What the centre reads across banks is written down each time, so it asks seldom. */
export const pace = (ms: number): number => (centre.value ? ms * 12 : ms)

setInterval(() => (desk.now = Date.now() + desk.ahead), 1000)
