// Plotly's words and dates in Chinese; plotly picks up whatever waits in PlotlyLocales when it is loaded.
"use strict";

(() => {
  const months = Array.from({ length: 12 }, (_, month) => `${month + 1}月`);
  const days = ["日", "一", "二", "三", "四", "五", "六"];
  const locale = {
    moduleType: "locale",
    name: "zh-CN",
    dictionary: {
      Autoscale: "自动缩放",
      "Box Select": "框选",
      "Click to enter Colorscale title": "",
      "Double-click on legend to isolate one trace": "双击图例只看一项",
      "Double-click to zoom back out": "双击还原",
      "Download plot as a PNG": "保存为图片",
      "Lasso Select": "套索选择",
      Pan: "平移",
      Reset: "还原",
      "Reset axes": "还原坐标轴",
      "Reset view": "还原视图",
      Zoom: "缩放",
      "Zoom in": "放大",
      "Zoom out": "缩小",
      "new text": "",
      "trace:": "",
    },
    format: {
      days: days.map((day) => `星期${day}`),
      shortDays: days.map((day) => `周${day}`),
      months,
      shortMonths: months,
      date: "%Y年%-m月%-d日",
      decimal: ".",
      thousands: ",",
    },
  };
  if (window.Plotly) window.Plotly.register(locale);
  else (window.PlotlyLocales = window.PlotlyLocales || []).push(locale);
})();
