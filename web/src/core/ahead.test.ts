import { beforeEach, expect, test, vi } from 'vitest'
import { askAhead, rememberSession, takeAhead } from './ahead'
import { answerKey, emptyAnswers } from './answers'
import { ask } from './net'

const page = { auth: 'login', data: { home: { op: 'home.overview' }, late: { op: 'other', when: 'me.signed_in' }, bound: { op: 'third', args: { id: '{{params.id}}' } } } }
vi.mock('./net', async (original) => ({ ...(await original<object>()), ask: vi.fn() }))
vi.mock('./manifest', () => ({ hashOf: () => 'h', pageOf: () => Promise.resolve(page) }))

const key = answerKey('home.overview', {})
beforeEach(() => {
  vi.mocked(ask).mockReset().mockResolvedValue({ total: 1 })
  rememberSession(true)
})

test('what hangs on nothing is asked ahead, and its answer is used once', async () => {
  await askAhead('home')
  expect(vi.mocked(ask).mock.calls.map(([op]) => op)).toEqual(['home.overview'])
  expect(await takeAhead(key)).toEqual({ value: { total: 1 } })
  expect(await takeAhead(key)).toBeNull()
})

test('a stranger asks nothing ahead for a page behind the door', async () => {
  rememberSession(false)
  await askAhead('home')
  expect(ask).not.toHaveBeenCalled()
})

test('an answer from before an act is not used after it', async () => {
  await askAhead('home')
  emptyAnswers()
  expect(await takeAhead(key)).toBeNull()
})

test('a refusal ahead is not an answer', async () => {
  vi.mocked(ask).mockRejectedValue(new Error('refused'))
  await askAhead('home')
  expect(await takeAhead(key)).toBeNull()
})
