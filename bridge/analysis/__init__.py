"""Analysis 统计分析: what figures mean and how they are made of counts. Pure; the database counts."""
