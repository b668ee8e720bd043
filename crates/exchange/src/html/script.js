'use strict';
(function () {
  var root = document.documentElement;
  var one = function (selector) { return document.querySelector(selector); };
  var all = function (selector) { return Array.prototype.slice.call(document.querySelectorAll(selector)); };

  function speak(language) {
    root.lang = language;
    var chinese = language === 'zh-CN';
    all('[data-en]').forEach(function (element) {
      var text = element.getAttribute(chinese ? 'data-zh' : 'data-en');
      if (element.tagName === 'INPUT') { element.placeholder = text; element.setAttribute('aria-label', text); }
      else if (element.tagName === 'OPTION' || element.tagName === 'TITLE') { element.textContent = text; }
      else { element.title = text; element.setAttribute('aria-label', text); }
    });
    filter();
  }

  var body = one('#findings tbody');
  var rows = body ? Array.prototype.slice.call(body.rows) : [];
  var words = rows.map(function (row) { return row.textContent.toLowerCase(); });

  function filter() {
    if (!body) { return; }
    var sought = one('#search').value.toLowerCase().split(/\s+/).filter(Boolean);
    var severity = one('#severity').value, family = one('#family').value;
    var fixable = one('#fixable').checked, exploited = one('#exploited').checked;
    var shown = 0;
    rows.forEach(function (row, index) {
      var data = row.dataset;
      var fits = (!severity || data.severity === severity) && (!family || data.family === family)
        && (!fixable || data.fix) && (!exploited || data.kev)
        && sought.every(function (word) { return words[index].indexOf(word) !== -1; });
      row.hidden = !fits;
      if (fits) { shown += 1; }
    });
    all('.shown').forEach(function (element) { element.textContent = String(shown); });
  }

  function sort(header) {
    var column = header.dataset.sort;
    var down = header.getAttribute('aria-sort') !== 'descending';
    all('#findings th').forEach(function (other) { other.removeAttribute('aria-sort'); });
    header.setAttribute('aria-sort', down ? 'descending' : 'ascending');
    var value = function (row) { return row.dataset[column] || ''; };
    var numeric = column === 'rank' || column === 'epss';
    Array.prototype.slice.call(body.rows).sort(function (a, b) {
      var order = numeric ? Number(value(a) || -1) - Number(value(b) || -1) : value(a).localeCompare(value(b), undefined, { numeric: true });
      return down ? -order : order;
    }).forEach(function (row) { body.appendChild(row); });
  }

  ['#search', '#severity', '#family', '#fixable', '#exploited'].forEach(function (selector) {
    var control = one(selector);
    if (control) { control.addEventListener('input', filter); }
  });
  all('#findings th[data-sort]').forEach(function (header) {
    header.querySelector('button').addEventListener('click', function () { sort(header); });
  });
  one('#language').addEventListener('click', function () { speak(root.lang === 'en' ? 'zh-CN' : 'en'); });
  one('#theme').addEventListener('click', function () {
    var dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
    root.dataset.theme = dark ? 'light' : 'dark';
  });
  speak(root.lang);
})();
