"""Writes DOCX, PPTX and XLSX from plain content; beside the demo's own files the only place that makes office files."""
