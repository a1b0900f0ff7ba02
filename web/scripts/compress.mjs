// Lays a .br and a .gz beside every text file of the build, so that the server never compresses one itself.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const root = fileURLToPath(new URL('../../fengshou/web_dist/', import.meta.url))
const TEXT = /\.(js|css|html|svg|json|webmanifest)$/

for (const name of readdirSync(root, { recursive: true })) {
  const path = join(root, name)
  if (!TEXT.test(path) || statSync(path).size < 1024) continue
  const body = readFileSync(path)
  writeFileSync(`${path}.gz`, gzipSync(body, { level: 9 }))
  writeFileSync(`${path}.br`, brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }))
}
