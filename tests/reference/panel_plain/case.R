# The plain cross-lagged model, which takes stable differences between people for effects: ../data/panel.csv.
suppressMessages(library(lavaan))
d <- read.csv("../data/panel.csv"); waves <- 2:4
model <- c(sprintf("x%d + y%d ~ x%d + y%d", waves, waves, waves - 1, waves - 1), sprintf("x%d ~~ y%d", 1:4, 1:4))
fit <- sem(paste(model, collapse = "\n"), d, meanstructure = TRUE, fixed.x = FALSE)
p <- subset(parameterEstimates(fit), op == "~"); m <- fitMeasures(fit, c("chisq", "df", "logl"))
lags <- setNames(Map(function(a, b) c(a, b), p$est, p$se), paste0(p$lhs, "~", p$rhs))
writeLines(jsonlite::toJSON(list(lags = lags, chisq = m[["chisq"]], df = m[["df"]], loglik = m[["logl"]]), auto_unbox = TRUE,
  digits = 15), "expected.json")
