import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'
import facts from './package.json' with { type: 'json' }

// One build for both entries. Everything in assets/ is named by its content and may be kept for ever; sw.js and the
// two pages keep their names and are asked for each time.
export default defineConfig({
  plugins: [vue()],
  build: {
    outDir: '../fengshou/web_dist',
    emptyOutDir: true,
    manifest: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: { app: 'index.html', console: 'console.html', preview: 'preview.html', sw: 'src/sw.ts' },
      output: {
        entryFileNames: (chunk) => (chunk.name === 'sw' ? 'sw.js' : 'assets/[name]-[hash].js'),
        chunkFileNames: 'assets/[name]-[hash].js',
        assetFileNames: 'assets/[name]-[hash][extname]',
      },
    },
  },
  // `npm run dev` draws from source; pages and answers come from `python -m tests.pages.fixtures.bank`.
  server: { proxy: { '/api': 'http://127.0.0.1:8123', '/ui': 'http://127.0.0.1:8123' } },
  define: { __BUILD__: JSON.stringify(facts.version) },
  test: { environment: 'happy-dom', include: ['src/**/*.test.ts'] },
})
