import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

// One build for both entries. Everything in assets/ is named by its content and may be kept for ever; sw.js and the
// two pages keep their names and are asked for each time.
export default defineConfig({
  plugins: [vue()],
  build: {
    outDir: '../fengshou/web_dist',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: { app: 'index.html', console: 'console.html', sw: 'src/sw.ts' },
      output: {
        entryFileNames: (chunk) => (chunk.name === 'sw' ? 'sw.js' : 'assets/[name]-[hash].js'),
        chunkFileNames: 'assets/[name]-[hash].js',
        assetFileNames: 'assets/[name]-[hash][extname]',
      },
    },
  },
  define: { __BUILD__: JSON.stringify(process.env['FENGSHOU_BUILD'] ?? 'dev') },
  test: { environment: 'happy-dom', include: ['src/**/*.test.ts'] },
})
