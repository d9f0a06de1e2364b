# Structural paths with intervals, and the R squared of their outcomes: lavaan on political democracy. The R squared
# of McKelvey and Zavoina for a logistic regression: glm, then the variance of its linear predictor.
suppressPackageStartupMessages(library(lavaan))
source("../write_tables.R")
data <- read.csv("../data/political_democracy.csv")
model <- "
  ind60 =~ x1 + x2 + x3
  dem60 =~ y1 + y2 + y3 + y4
  dem65 =~ y5 + y6 + y7 + y8
  dem60 ~ ind60
  dem65 ~ ind60 + dem60
"
writeLines(trimws(model), "model.txt")
fit <- sem(model, data, estimator = "ML")
found <- parameterEstimates(fit, standardized = TRUE)
paths <- found[found$op == "~", ]
r2 <- lavInspect(fit, "rsquare")
write_table(data.frame(outcome = paths$lhs, predictor = paths$rhs, estimate = paths$est, se = paths$se,
                       ci_lower = paths$ci.lower, ci_upper = paths$ci.upper, pvalue = paths$pvalue,
                       std = paths$std.all, r_squared = as.numeric(r2[paths$lhs])), "paths.csv")
# Who is above the median in democracy 1965, from industrialisation and democracy 1960.
yes <- as.numeric(data$y5 > median(data$y5))
standard <- function(x) (x - mean(x)) / sqrt(mean((x - mean(x))^2))
first <- standard(data$x1)
second <- standard(data$y1)
regression <- glm(yes ~ first + second, binomial(), control = list(epsilon = 1e-12))
linear <- predict(regression, type = "link")
explained <- mean((linear - mean(linear))^2)
slopes <- coef(summary(regression))[-1, ]
write_table(data.frame(predictor = c("x1", "y1"), estimate = slopes[, 1], se = slopes[, 2], pvalue = slopes[, 4],
                       ci_lower = confint.default(regression)[-1, 1], ci_upper = confint.default(regression)[-1, 2],
                       r_squared = explained / (explained + pi^2 / 3)), "logistic.csv")
write_session("lavaan")
