# By school, scalar but for two intercepts.
source("../write_case.R")
data <- read_data("holzinger_swineford.csv")
fit <- cfa(
  read_model(), data = data,
  group = "school", group.equal = c("loadings", "intercepts"), group.partial = c("x3~1", "x7~1")
)
write_case(fit)
