/** What happened to a held payment, from the order to the decision, in words. */
import { fenText } from './text'
import type { CaseView, Proposal } from './types'
import { w } from './words'

export interface Happening {
  at: string
  title: string
  note: string
  tone: 'am' | 'bad' | 'on' | ''
}

const verb = (proposal: Proposal): string => w(proposal.act === 'payment.release' ? 'verbRelease' : 'verbRefuse')

function ofEvent(event: CaseView['events'][number]): Happening {
  const { at, who, act, note } = event
  const titles: Record<string, readonly [string, Happening['tone']]> = {
    claimed: [w('evClaimed', { who }), 'on'],
    given_back: [w('evGivenBack', { who }), 'am'],
    call: [w('evCall', { who }), 'on'],
    note: [w('evNote', { who }), 'on'],
    released: [w('evReleased'), 'on'],
    refused: [w('evRefused'), 'bad'],
    expired: [w('evExpired'), 'am'],
  }
  const [title, tone] = titles[act] ?? [act, '' as const]
  return { at, title, note, tone }
}

function ofProposal(proposal: Proposal): Happening[] {
  const made: Happening = { at: proposal.made_at, title: w('evProposed', { who: proposal.maker, what: verb(proposal) }), note: proposal.reason, tone: 'am' }
  if (!proposal.decided_at || !proposal.checker) return [made]
  const yes = proposal.state === 'approved'
  const title = w(yes ? 'evApproved' : 'evDenied', { who: proposal.checker })
  return [made, { at: proposal.decided_at, title, note: proposal.answer, tone: yes ? 'on' : 'bad' }]
}

/** Oldest first. */
export function history(view: CaseView): Happening[] {
  const { payment, why, events, proposal } = view
  const began: Happening[] = [
    { at: payment.at, title: w('evOrdered', { fen: fenText(payment.amount_fen) }), note: '', tone: 'am' },
    { at: view.case.opened_at, title: w('evHeld'), note: why.map((one) => one.rule).join(' '), tone: 'bad' },
  ]
  const later = [...events.map(ofEvent), ...(proposal ? ofProposal(proposal) : [])]
  return [...began, ...later.sort((a, b) => a.at.localeCompare(b.at))]
}
