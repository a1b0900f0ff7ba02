/** What a screen reader or a weak eye would complain about on the page in the frame: axe, words that are cut, keys that are small. */
import { env } from '../core/env'
import { placeOf } from './blocks'
import type { Finding } from './wire'

const TOUCH = 44
const SLACK = 1

interface Judged {
  fgColor?: string
  contrastRatio?: number
  expectedContrastRatio?: string
}

async function byAxe(app: HTMLElement): Promise<{ items: Finding[]; checked: number }> {
  const { default: axe } = await import('axe-core')
  const found = await axe.run(app, { resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })
  const items = found.violations.flatMap((one) =>
    one.nodes.map((node): Finding => {
      const facts = (node.any[0]?.data ?? {}) as Judged
      const target = document.querySelector(String(node.target[0]))
      return {
        rule: one.id,
        impact: one.impact ?? 'moderate',
        help: one.help,
        at: placeOf(target),
        html: node.html.slice(0, 120),
        ratio: facts.contrastRatio ? String(facts.contrastRatio) : '',
        wanted: facts.expectedContrastRatio ?? '',
      }
    }),
  )
  return { items, checked: found.passes.length + found.violations.length }
}

const visible = (one: Element): boolean => one.getClientRects().length > 0

/** Words that run out of their box, or a page that can be pushed sideways. */
function cut(app: HTMLElement): Finding[] {
  const found: Finding[] = []
  const blank = { impact: 'serious' as const, html: '', ratio: '', wanted: '' }
  for (const one of app.querySelectorAll<HTMLElement>('*')) {
    if (!visible(one) || !one.textContent?.trim() || one.closest('.sr,[aria-hidden=true]')) continue
    const style = getComputedStyle(one)
    const clips = style.overflowX === 'hidden' || style.overflowX === 'clip'
    if (clips && one.scrollWidth > one.clientWidth + SLACK && one.clientWidth > 4 && style.textOverflow !== 'ellipsis') {
      found.push({ ...blank, rule: 'cut', help: one.textContent.trim().slice(0, 40), at: placeOf(one) })
    }
    const rect = one.getBoundingClientRect()
    if (!one.children.length && rect.right > innerWidth + SLACK && !one.closest('.scrollx,.van-swipe,[data-scrollx]')) {
      found.push({ ...blank, rule: 'sideways', help: one.textContent.trim().slice(0, 40), at: placeOf(one) })
    }
  }
  return found
}

function small(app: HTMLElement): Finding[] {
  const least = env.elder ? 60 : TOUCH
  return Array.from(app.querySelectorAll<HTMLElement>('button,a[href],[role=switch],[role=radio],[role=tab]'))
    .filter(visible)
    .filter((one) => {
      const { height, width } = one.getBoundingClientRect()
      // What is small may carry a wider field to touch, laid round it by its own ::after.
      const round = getComputedStyle(one, '::after')
      const grown = round.position === 'absolute' && round.content !== 'none' ? 16 : 0
      return Math.min(height, width) + grown < Math.min(least, TOUCH) - 12
    })
    .map((one): Finding => ({ rule: 'small', impact: 'moderate', help: (one.textContent ?? '').trim().slice(0, 40), at: placeOf(one), html: '', ratio: '', wanted: String(TOUCH) }))
}

export async function audit(): Promise<{ items: Finding[]; checked: number }> {
  const app = document.getElementById('app') as HTMLElement
  await Promise.all(document.getAnimations().filter((one) => one.effect?.getComputedTiming().iterations !== Infinity).map((one) => one.finished.catch(() => null)))
  const axe = await byAxe(app)
  return { items: [...axe.items, ...cut(app), ...small(app)], checked: axe.checked + 2 }
}
