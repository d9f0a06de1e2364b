# A factor of factors of factors: 27 items, nine constructs, three second-order factors and one above them.
# The data are simulated below; the first three constructs are fitted by themselves as well.
suppressPackageStartupMessages(library(lavaan))
source("../write_tables.R")
set.seed(20267)
n <- 600
top <- rnorm(n)
items <- list()
for (b in 1:3) {
  second <- 0.8 * top + 0.6 * rnorm(n)
  for (k in 1:3) {
    construct <- 0.8 * second + 0.6 * rnorm(n)
    for (i in 1:3) items[[paste0("v", 3 * (3 * (b - 1) + k - 1) + i)]] <- c(0.9, 0.8, 0.7)[i] * construct + 0.6 * rnorm(n)
  }
}
answers <- round(as.data.frame(items), 4)
write.csv(answers, "answers.csv", row.names = FALSE)
first <- vapply(1:9, function(k) paste0("c", k, " =~ ", paste0("v", 3 * (k - 1) + 1:3, collapse = " + ")), "")
above <- c("s1 =~ c1 + c2 + c3", "s2 =~ c4 + c5 + c6", "s3 =~ c7 + c8 + c9", "top =~ s1 + s2 + s3")
measures <- c("chisq", "df", "pvalue", "cfi", "rmsea", "srmr", "aic", "bic")
hierarchy <- cfa(paste(c(first, above), collapse = "\n"), data = answers)
correlated <- cfa(paste(first, collapse = "\n"), data = answers)
block <- cfa(paste(first[1:3], collapse = "\n"), data = answers)
models <- rbind(fitMeasures(hierarchy, measures), fitMeasures(correlated, measures), fitMeasures(block, measures))
write_table(data.frame(model = c("hierarchy", "correlated constructs", "block"), models), "models.csv")
table <- parameterEstimates(hierarchy, standardized = TRUE)
table <- table[table$op == "=~" & table$lhs %in% c("s1", "s2", "s3", "top"), ]
write_table(data.frame(factor = table$lhs, facet = table$rhs, est = table$est, se = table$se, std = table$std.all), "loadings.csv")
write_session("lavaan")
