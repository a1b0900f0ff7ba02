import { expect, test, vi } from 'vitest'

const laid = { v: 1, app: 'a', kit: 2, locale: 'en', cohort: '', kill: [], pages: { home: 'old' }, elder: {}, shell: 's' }
const published = { ...laid, pages: { home: 'new' } }
vi.mock('./signed', () => ({ genuine: () => Promise.resolve(true) }))
vi.mock('./cohort', () => ({ cohort: () => '', loadCohort: () => Promise.resolve(false) }))
vi.mock('./start', () => ({ laidList: () => laid, laidBody: () => null, rememberView: () => undefined }))

test('a list laid into an old frame is shown at once and gives way to the published one', async () => {
  let publish = (): void => undefined
  vi.stubGlobal('crypto', {}) // no digest: bodies are made up here
  vi.stubGlobal('fetch', (url: string) =>
    url.startsWith('/ui/p/')
      ? Promise.resolve(new Response('{"home":"home"}'))
      : new Promise((answer) => (publish = () => answer(new Response(JSON.stringify(published))))),
  )
  const { hashOf, loadManifest } = await import('./manifest')
  await loadManifest()
  expect(hashOf('home')).toBe('old')
  publish()
  await vi.waitFor(() => expect(hashOf('home')).toBe('new'))
})
