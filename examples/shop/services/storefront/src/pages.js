'use strict';

const escapes = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escape = (text) => String(text).replace(/[&<>"']/g, (sign) => escapes[sign]);

// Planted: the search word comes back as markup.
exports.results = (word) => `<!doctype html><h1>Results for ${word}</h1><ul></ul>`;

// Safe look-alike: the same, escaped.
exports.help = (topic) => `<!doctype html><h1>Help on ${escape(topic)}</h1>`;
